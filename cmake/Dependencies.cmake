# The one place that finds dependencies; each becomes a target dep::NAME, so that nothing else knows how a distribution packages it.
# Minimum versions are Debian 12's; the newer ones of Debian 13 and Ubuntu 24.04 work too.
# Their own targets are global, so that a project that has autocache as a subdirectory can link it.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(autocache_alias name)
  foreach(candidate IN LISTS ARGN)
    if(TARGET ${candidate})
      add_library(${name} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(${name} INTERFACE ${candidate})
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "no target for ${name}: looked for ${ARGN}")
endfunction()

find_package(nlohmann_json 3.11 REQUIRED)
autocache_alias(dep::json nlohmann_json::nlohmann_json)

# Debian packages no static archive of fmt.
find_package(fmt 9 REQUIRED)
autocache_alias(dep::fmt fmt::fmt-header-only)

find_package(tl-expected 1.0 REQUIRED)
autocache_alias(dep::expected tl::expected)

find_package(CLI11 2.1 REQUIRED)
autocache_alias(dep::cli11 CLI11::CLI11)

# Static archives of the two C libraries, so that a program needs nothing at run time.
set(CMAKE_FIND_LIBRARY_SUFFIXES_SAVED ${CMAKE_FIND_LIBRARY_SUFFIXES})
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
pkg_check_modules(libyaml REQUIRED IMPORTED_TARGET GLOBAL yaml-0.1>=0.2.5)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET GLOBAL hiredis>=0.14)
autocache_alias(dep::libyaml PkgConfig::libyaml)
autocache_alias(dep::hiredis PkgConfig::hiredis)
# Optional: without it the hook cannot write the status of the resource (--status), and says so.
pkg_check_modules(openssl IMPORTED_TARGET GLOBAL openssl>=3.0)
if(openssl_FOUND)
  autocache_alias(dep::openssl PkgConfig::openssl)
  # Optional: without it the hook speaks no TLS to the servers, and says so. Debian 12's hiredis has no such library.
  pkg_check_modules(hiredis_ssl IMPORTED_TARGET GLOBAL hiredis_ssl>=1.0)
  if(hiredis_ssl_FOUND)
    autocache_alias(dep::hiredis_ssl PkgConfig::hiredis_ssl)
  endif()
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES ${CMAKE_FIND_LIBRARY_SUFFIXES_SAVED})

if(AUTOCACHE_BUILD_TESTS)
  # yaml-cpp is the second opinion of the YAML tests: an independent reader of what we write and of what we read.
  find_package(yaml-cpp 0.7 REQUIRED)
  autocache_alias(dep::yaml-cpp yaml-cpp::yaml-cpp yaml-cpp)
  find_package(Catch2 REQUIRED)
  autocache_alias(dep::catch2 Catch2::Catch2WithMain)
  # Debian's own Python where there is one: it is the one that has Debian's PyYAML.
  find_program(Python3_EXECUTABLE python3 PATHS /usr/bin NO_DEFAULT_PATH)
  find_program(Python3_EXECUTABLE python3 REQUIRED)
endif()
