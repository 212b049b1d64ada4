# SPDX-License-Identifier: Apache-2.0

# One folder of the house: a static library whose links are the folders it may include.
#   sallyport_part(common SOURCES a.cc b.cc LINKS OpenSSL::Crypto)
function(sallyport_part name)
    cmake_parse_arguments(PART "" "" "SOURCES;LINKS" ${ARGN})
    add_library(sallyport_${name} STATIC ${PART_SOURCES})
    target_include_directories(sallyport_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(sallyport_${name} PUBLIC ${PART_LINKS})
endfunction()

# Unit tests of one folder; each TEST is one line of ctest.
#   sallyport_unit(common SOURCES event_test.cc LINKS sallyport_common)
function(sallyport_unit name)
    cmake_parse_arguments(UNIT "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(unit_${name} ${UNIT_SOURCES})
    target_link_libraries(unit_${name} PRIVATE ${UNIT_LINKS} GTest::gtest_main)
    gtest_discover_tests(unit_${name} TEST_PREFIX "${name}: " DISCOVERY_TIMEOUT 60
        PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

# A libFuzzer target: it replays the kept corpus, then fuzzes 30 s; only in the preset `fuzz`.
#   sallyport_fuzz(json SOURCES json_fuzz.cc LINKS sallyport_common)     corpus: tests/fuzz/corpus/json
function(sallyport_fuzz name)
    if(NOT SALLYPORT_FUZZ)
        return()
    endif()
    cmake_parse_arguments(FUZZ "" "" "SOURCES;LINKS" ${ARGN})
    add_executable(fuzz_${name} ${FUZZ_SOURCES})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${name} PRIVATE ${FUZZ_LINKS})
    set(found ${CMAKE_CURRENT_BINARY_DIR}/found/${name})
    file(MAKE_DIRECTORY ${found} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    add_test(NAME "fuzz: ${name}" COMMAND fuzz_${name} -max_total_time=${SALLYPORT_FUZZ_SECONDS} -rss_limit_mb=1024
        -timeout=10 -artifact_prefix=${found}/ ${found} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties("fuzz: ${name}" PROPERTIES TIMEOUT 300 LABELS fuzz)
endfunction()
set(SALLYPORT_FUZZ_SECONDS 30 CACHE STRING "How long each fuzz target runs in ctest")
