# One INTERFACE library carries every flag of ours, so that no flag is global.
add_library(pawl_options INTERFACE)
target_compile_features(pawl_options INTERFACE cxx_std_20)
target_include_directories(pawl_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/engine)
target_compile_options(pawl_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  -Wno-restrict)  # g++ 12 sees overlaps that are not there (GCC bug 105651), at -O2 and above.
if(PAWL_WERROR)
  target_compile_options(pawl_options INTERFACE -Werror)
endif()
if(PAWL_SANITIZE)
  target_compile_options(pawl_options INTERFACE
    -fsanitize=${PAWL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(pawl_options INTERFACE -fsanitize=${PAWL_SANITIZE})
endif()
find_program(PAWL_MOLD mold)
if(PAWL_MOLD)
  target_link_options(pawl_options INTERFACE -fuse-ld=mold)
endif()

# pawl_library(NAME SOURCES… DEPENDS…): one library per folder; DEPENDS are the arrows that
# docs/architecture.md allows, so an include that points upwards does not link.
function(pawl_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC pawl_options ${arg_DEPENDS} PRIVATE ${arg_PRIVATE})
endfunction()

# pawl_embed(FOLDER TYPE FUNCTION GLOB): the library pawl_FOLDER, with the files in it: embed.cmake.
# Several of them make one library.
function(pawl_embed folder type function glob)
  file(GLOB files CONFIGURE_DEPENDS ${glob})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${function}.cpp)
  add_custom_command(OUTPUT ${output} DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    COMMAND ${CMAKE_COMMAND} -DNAME=${folder} -DTYPE=${type} -DFUNCTION=${function}
      -DGLOB=${CMAKE_CURRENT_SOURCE_DIR}/${glob} -DOUTPUT=${output}
      -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
  if(TARGET pawl_${folder})
    target_sources(pawl_${folder} PRIVATE ${output})
  else()
    pawl_library(pawl_${folder} SOURCES ${output})
  endif()
endfunction()

# pawl_test(NAME SOURCES… DEPENDS… [LABELS…]): a Catch2 program that ctest runs whole.
function(pawl_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE pawl_options pawl_catch_main ${arg_DEPENDS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE PAWL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PAWL_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 900 LABELS "${arg_LABELS}")
endfunction()
