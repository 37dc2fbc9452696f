# Writes migrations.cpp from sql/*.sql: number, name, text and SHA-256 of each file.
file(GLOB files ${SOURCE_DIR}/sql/*.sql)
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^[0-9]+" number ${name})
  math(EXPR number "${number}")
  file(READ ${file} text)
  file(SHA256 ${file} hash)
  string(APPEND rows "      {${number}, \"${name}\", R\"sql(${text})sql\", \"${hash}\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"schemas/migrations.hpp\"

namespace pawl::schemas {

std::span<const Migration> migrations() {
  static constexpr Migration all[] = {
${rows}  };
  return all;
}

}  // namespace pawl::schemas
")
