# gatehouse_module(NAME [SOURCES a.cc ...] [DEPS module ...] [LIBS external-target ...])
#
# One static library for the folder it is called in. DEPS are the other modules whose headers this
# one may include; scripts/guards/layers reads them and rejects any other include. LIBS are
# third-party targets.
#
# gatehouse_test(NAME SOURCES x_test.cc ... [DEPS module ...] [LIBS ...] [LABELS ...])
#
# One test binary `NAME_test`; every TEST is a ctest case of its own. The label `threads` marks the
# tests that TSan can tell about.

set(GATEHOUSE_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-unused-parameter
    -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms inside absl's inlined containers at -O1 and -O2.
  list(APPEND GATEHOUSE_WARNINGS -Wno-maybe-uninitialized)
  # And in libstdc++'s string concatenation at -O2 and above (GCC bug 105651).
  list(APPEND GATEHOUSE_WARNINGS $<$<CONFIG:Release>:-Wno-restrict>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND GATEHOUSE_WARNINGS -Wthread-safety -Wno-unknown-warning-option)
endif()

# What .ci/run builds and runs under a sanitizer by itself, which fits into its hour on a cold machine,
# and what it does when its later stages are named. Each list has a target gatehouse_LIST_tests; under
# the sanitizer the label of the later ones is `later`, whatever it is elsewhere.
set(GATEHOUSE_asan_TESTS base wire frame_threads protocol metrics auth room presence events session shard hooks jwks hub
    transport proxy)
set(GATEHOUSE_asan_later_TESTS control control_node node config cli)
set(GATEHOUSE_tsan_TESTS frame_threads events shard hooks hub)
set(GATEHOUSE_tsan_later_TESTS node control control_node transport proxy)

set(GATEHOUSE_SANITIZE_OPTIONS "")
set(GATEHOUSE_SANITIZE_NO_UB "")
if(GATEHOUSE_SANITIZE)
  set(GATEHOUSE_SANITIZE_OPTIONS -fsanitize=${GATEHOUSE_SANITIZE} -fno-omit-frame-pointer)
  if(GATEHOUSE_SANITIZE MATCHES "undefined")
    list(APPEND GATEHOUSE_SANITIZE_OPTIONS -fno-sanitize-recover=undefined)
    # Generated and third-party code is built without UBSan: twice as fast, and not ours to mend.
    set(GATEHOUSE_SANITIZE_NO_UB -fno-sanitize=undefined)
  endif()
endif()

function(_gatehouse_common target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/proto)
  target_compile_options(${target} PRIVATE ${GATEHOUSE_WARNINGS} ${GATEHOUSE_SANITIZE_OPTIONS})
  target_compile_definitions(${target} PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
  if(GATEHOUSE_SANITIZE MATCHES "thread")
    # TSan does not know fences (GCC warns, -Wtsan). Asio's order handlers between the threads of one
    # io_context; each of ours has one thread.
    target_compile_definitions(${target} PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  target_link_options(${target} PUBLIC ${GATEHOUSE_SANITIZE_OPTIONS})
endfunction()

function(gatehouse_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND gatehouse_)
  if(ARG_SOURCES)
    add_library(gatehouse_${name} STATIC ${ARG_SOURCES})
    _gatehouse_common(gatehouse_${name})
    target_link_libraries(gatehouse_${name} PUBLIC ${ARG_DEPS} ${ARG_LIBS})
  else()
    add_library(gatehouse_${name} INTERFACE)
    target_include_directories(gatehouse_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(gatehouse_${name} INTERFACE ${ARG_DEPS} ${ARG_LIBS})
  endif()
endfunction()

function(gatehouse_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS;LABELS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND gatehouse_)
  add_executable(${name}_test ${ARG_SOURCES})
  _gatehouse_common(${name}_test)
  # Behind the preset's own -O: a test compiles in four fifths of the time, under ASan in half.
  target_compile_options(${name}_test PRIVATE -O0 ${GATEHOUSE_SANITIZE_NO_UB})
  target_link_libraries(${name}_test PRIVATE ${ARG_DEPS} ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  # A label that is empty would swallow the property behind it.
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  foreach(group asan asan_later tsan tsan_later)
    if(NOT name IN_LIST GATEHOUSE_${group}_TESTS)
      continue()
    endif()
    if(NOT TARGET gatehouse_${group}_tests)
      add_custom_target(gatehouse_${group}_tests)
    endif()
    add_dependencies(gatehouse_${group}_tests ${name}_test)
    if((group STREQUAL "asan_later" AND GATEHOUSE_SANITIZE MATCHES "address")
       OR (group STREQUAL "tsan_later" AND GATEHOUSE_SANITIZE MATCHES "thread"))
      set(ARG_LABELS later)
    endif()
  endforeach()
  gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT 120 LABELS "${ARG_LABELS}")
endfunction()
