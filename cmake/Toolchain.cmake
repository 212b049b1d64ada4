# SPDX-License-Identifier: Apache-2.0
# Language level, warnings, hardening, sanitizers, ccache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(SALLYPORT_WERROR "Warnings are errors" OFF)
option(SALLYPORT_FUZZ "Build the libFuzzer targets" OFF)
set(SALLYPORT_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

find_program(CCACHE ccache)
if(CCACHE)
    # What one clone compiled serves every other one: paths within the clone do not count.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's coroutine frames have operators of their own, whose pairing g++ 12 loses when it inlines them.
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
endif()
if(SALLYPORT_WERROR)
    add_compile_options(-Werror)
endif()

if(SALLYPORT_SANITIZE)
    add_compile_options(-fsanitize=${SALLYPORT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SALLYPORT_SANITIZE})
else()
    add_compile_options(-fstack-protector-strong -fcf-protection -fstack-clash-protection)
    add_compile_definitions(_GLIBCXX_ASSERTIONS $<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=3>)
    add_link_options(-Wl,-z,relro,-z,now)
endif()
include(CheckPIESupported)
check_pie_supported()
