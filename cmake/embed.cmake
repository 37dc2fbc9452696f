# Writes OUTPUT, a C++ source with the files of GLOB in it: rows of NAME::TYPE behind NAME::FUNCTION().
# A row has the file's name and text; of a file whose name begins with a number, also this number in
# front and the SHA-256 of the text behind.
file(GLOB files ${GLOB})
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  set(row "\"${name}\", R\"embedded(${text})embedded\"")
  if(name MATCHES "^[0-9]+")
    math(EXPR number "${CMAKE_MATCH_0}")
    file(SHA256 ${file} hash)
    set(row "${number}, ${row}, \"${hash}\"")
  endif()
  string(APPEND rows "      {${row}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${NAME}/${FUNCTION}.hpp\"

namespace pawl::${NAME} {

std::span<const ${TYPE}> ${FUNCTION}() {
  static constexpr ${TYPE} all[] = {
${rows}  };
  return all;
}

}  // namespace pawl::${NAME}
")
