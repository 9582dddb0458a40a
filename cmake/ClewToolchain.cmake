# Compiler, linker, cache and sanitizer settings that every folder shares.
find_program(CCACHE ccache)
if(CCACHE)
  # The sloppiness lets ccache see through clang's precompiled headers.
  set(CLEW_CCACHE ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CLEW_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CLEW_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  find_program(CLEW_LLD NAMES ld.lld-22 ld.lld)
  if(CLEW_LLD)
    add_link_options(--ld-path=${CLEW_LLD})
  endif()
endif()
add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 finds overlapping copies and unset optionals inside its own <string> and <algorithm> where there are none
  # (gcc.gnu.org/PR105329, PR105562).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CLEW_SANITIZE)
  add_compile_options(-fsanitize=${CLEW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CLEW_SANITIZE})
  add_compile_definitions(CLEW_SANITIZED=1)
endif()
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
