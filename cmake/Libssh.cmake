# SPDX-License-Identifier: Apache-2.0
# Which libssh: `private` is the one that packaging/libssh/build.sh made, `system` is Debian's.
set(SALLYPORT_LIBSSH auto CACHE STRING "private, system or auto (private where it was built)")
set_property(CACHE SALLYPORT_LIBSSH PROPERTY STRINGS auto private system)
pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh)
add_library(sallyport_libssh INTERFACE)
target_link_libraries(sallyport_libssh INTERFACE PkgConfig::LIBSSH)
