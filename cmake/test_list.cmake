# Writes test_programs.json into the build folder, for tools/run_tests.py: the GoogleTest programs and the fuzz targets
# with their paths. The target `all_tests` builds exactly these.
function(ew_json_of_programs out property)
  get_property(programs GLOBAL PROPERTY ${property})
  set(entries "")
  foreach(program ${programs})
    list(APPEND entries "\"${program}\": \"$<TARGET_FILE:${program}>\"")
  endforeach()
  list(JOIN entries ",\n  " entries)
  set(${out} "{\n  ${entries}\n }" PARENT_SCOPE)
endfunction()

get_property(test_programs GLOBAL PROPERTY EW_TEST_PROGRAMS)
get_property(fuzz_programs GLOBAL PROPERTY EW_FUZZ_PROGRAMS)
ew_json_of_programs(tests EW_TEST_PROGRAMS)
ew_json_of_programs(fuzzers EW_FUZZ_PROGRAMS)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/test_programs.json
  CONTENT "{\n \"tests\": ${tests},\n \"fuzzers\": ${fuzzers}\n}\n")
add_custom_target(all_tests)
if(test_programs OR fuzz_programs)
  add_dependencies(all_tests ${test_programs} ${fuzz_programs})
endif()
