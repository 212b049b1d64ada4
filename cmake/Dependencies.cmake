# SPDX-License-Identifier: Apache-2.0
# Debian's packages, each met in the one folder that DESIGN names for it.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
include(Libssh)

# Asio's code is compiled once, in daemon/runtime/asio.cc; every other file only declares it.
add_library(sallyport_asio INTERFACE)
target_compile_definitions(sallyport_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(SALLYPORT_SANITIZE STREQUAL "thread")
    target_compile_definitions(sallyport_asio INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
target_link_libraries(sallyport_asio INTERFACE Boost::headers Threads::Threads)
