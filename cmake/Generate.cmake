# Files that the build generates from data in the repository.

# autocache_generate_schemas(OUT DEFINITIONS file... KINDS file...): sets OUT to a C++ source that holds the schemas as constant data.
function(autocache_generate_schemas out)
  cmake_parse_arguments(arg "" "" "DEFINITIONS;KINDS" ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/schema_data.cpp)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND schemagen ${generated} ${arg_DEFINITIONS} ${arg_KINDS}
    DEPENDS schemagen ${arg_DEFINITIONS} ${arg_KINDS}
    COMMENT "Compiling schemas"
    VERBATIM)
  set(${out} ${generated} PARENT_SCOPE)
endfunction()
