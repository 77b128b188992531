# autocache_library(NAME DEPENDS target... SOURCES file...): a static library autocache_NAME of one folder of src/.
function(autocache_library name)
  cmake_parse_arguments(arg "" "" "DEPENDS;SOURCES" ${ARGN})
  add_library(autocache_${name} STATIC ${arg_SOURCES})
  target_link_libraries(autocache_${name} PUBLIC ${arg_DEPENDS} PRIVATE autocache_settings)
  target_include_directories(autocache_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
endfunction()

# autocache_program(NAME DEPENDS target... SOURCES file...): a program, linked statically where AUTOCACHE_STATIC says so.
function(autocache_program name)
  cmake_parse_arguments(arg "" "" "DEPENDS;SOURCES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} autocache_settings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  if(AUTOCACHE_STATIC)
    target_link_options(${name} PRIVATE -static)
  endif()
endfunction()

# autocache_unit_test(MODULE DEPENDS target... SOURCES file...): one Catch2 executable, one CTest test named unit.MODULE.
function(autocache_unit_test module)
  cmake_parse_arguments(arg "" "" "DEPENDS;SOURCES" ${ARGN})
  add_executable(unit_${module} ${arg_SOURCES})
  target_link_libraries(unit_${module} PRIVATE ${arg_DEPENDS} autocache_settings dep::catch2)
  target_include_directories(unit_${module} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  add_test(NAME unit.${module} COMMAND unit_${module} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  # The sanitizers cost a factor of ten.
  set(seconds 120)
  if(AUTOCACHE_SANITIZE)
    set(seconds 600)
  endif()
  set_tests_properties(unit.${module} PROPERTIES TIMEOUT ${seconds} LABELS unit)
endfunction()

# autocache_script_test(NAME COMMAND command... [LABELS label...] [TIMEOUT seconds] [LOCK resource...]): a test that is a program of
# its own. Exit code 77 is a skip; the environment names this build (AUTOCACHE_BUILD).
function(autocache_script_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "COMMAND;LABELS;LOCK" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME ${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" SKIP_RETURN_CODE 77
    ENVIRONMENT "AUTOCACHE_BUILD=${PROJECT_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1")
  if(arg_LOCK)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK "${arg_LOCK}")
  endif()
endfunction()
