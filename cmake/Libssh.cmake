# SPDX-License-Identifier: Apache-2.0
# Which libssh: `private` is the one that packaging/libssh/build.sh made, `system` is Debian's (docs/libssh.md).
set(SALLYPORT_LIBSSH auto CACHE STRING "private, system or auto (private where it was built)")
set_property(CACHE SALLYPORT_LIBSSH PROPERTY STRINGS auto private system)
set(SALLYPORT_LIBSSH_PREFIX "" CACHE PATH "A private libssh elsewhere than build.sh keeps it")
file(GLOB recipe CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/libssh/build.sh
    ${PROJECT_SOURCE_DIR}/packaging/libssh/patches/*.patch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${recipe})
if(NOT SALLYPORT_LIBSSH MATCHES "^(private|system|auto)$")
    message(FATAL_ERROR "SALLYPORT_LIBSSH is private, system or auto, not ${SALLYPORT_LIBSSH}")
endif()

# Where build.sh put today's version; empty where it was not run. Touches no network.
function(sallyport_private_libssh result)
    set(prefix ${SALLYPORT_LIBSSH_PREFIX})
    if(NOT prefix)
        execute_process(COMMAND ${PROJECT_SOURCE_DIR}/packaging/libssh/build.sh --print-prefix
            OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    set(${result} "${prefix}" PARENT_SCOPE)
endfunction()

set(own "")
if(NOT SALLYPORT_LIBSSH STREQUAL "system")
    sallyport_private_libssh(own)
endif()
if(NOT own AND SALLYPORT_LIBSSH STREQUAL "private")
    message(FATAL_ERROR "The private libssh is not built. Run packaging/libssh/build.sh, then configure again.")
endif()

add_library(sallyport_libssh INTERFACE)
if(own)
    message(STATUS "libssh: private, ${own}")
    add_library(sallyport_libssh_so SHARED IMPORTED)
    set_target_properties(sallyport_libssh_so PROPERTIES IMPORTED_LOCATION ${own}/lib/sallyport/libssh.so.4
        INTERFACE_INCLUDE_DIRECTORIES ${own}/include)
    target_link_libraries(sallyport_libssh INTERFACE sallyport_libssh_so)
    target_compile_definitions(sallyport_libssh INTERFACE SALLYPORT_LIBSSH_PRIVATE=1)
    # An installed program finds it beside itself; the build tree's RUNPATH comes from the imported target.
    set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/sallyport")
    file(GLOB so ${own}/lib/sallyport/libssh.so.4*)
    install(FILES ${so} DESTINATION lib/sallyport)
    install(CODE [[
        if(CMAKE_INSTALL_DO_STRIP) # a file, to CMake, that it would not strip by itself
            file(REAL_PATH "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/sallyport/libssh.so.4" so)
            execute_process(COMMAND strip --strip-unneeded ${so} COMMAND_ERROR_IS_FATAL ANY)
        endif()]])
    install(DIRECTORY ${own}/share/sallyport/libssh DESTINATION share/sallyport PATTERN source EXCLUDE)
else()
    pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh>=0.10.6)
    target_link_libraries(sallyport_libssh INTERFACE PkgConfig::LIBSSH)
    if(SALLYPORT_LIBSSH STREQUAL "auto")
        message(WARNING "libssh: the system's ${LIBSSH_VERSION}, because the private one is not built. Post-quantum key "
            "exchange, touch checks of security keys and more are off (docs/libssh.md). "
            "To have them, run packaging/libssh/build.sh and configure again.")
    else()
        message(STATUS "libssh: the system's ${LIBSSH_VERSION}")
    endif()
endif()
set(SALLYPORT_LIBSSH_PRIVATE_PREFIX "${own}")
unset(own)
