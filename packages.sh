# Debian packages, sourced by ./quickstart and ./check. Nothing else is ever installed.

# What building and running need.
packages_build=(
  build-essential cmake ninja-build ccache mold pkg-config
  libyaml-cpp-dev liblua5.4-dev libpqxx-dev libpq-dev libevent-dev nlohmann-json3-dev catch2
  libcurl4-openssl-dev libcli11-dev libfmt-dev libspdlog-dev libsodium-dev
  libhowardhinnant-date-dev libzstd-dev libutf8proc-dev tzdata postgresql postgresql-client python3
)
# What the tests need besides.
packages_check=(clang clang-tidy clang-format libclang-rt-14-dev python3-jsonschema python3-pexpect
  python3-pyte tmux zsh fish man-db git)

# install_packages NAME…: installs those that are missing; says so. Needs root or sudo.
install_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    echo present
    return
  fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "error: packages are missing: ${missing[*]}" >&2
      echo "  installing them needs root; run as root, or install sudo" >&2
      exit 4
    }
    as_root=(sudo)
  fi
  echo "installing ${missing[*]}"
  # A cluster of Debian's own is not wanted: Pawl makes its private one.
  "${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/pawl.conf >/dev/null
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# configure PRESET: configures once; ccache is used where it is.
configure() {
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  [ -f "build/$1/build.ninja" ] || cmake --preset "$1" "${launcher[@]}" >"build-$1.log" 2>&1 || {
    cat "build-$1.log" >&2
    exit 1
  }
  rm -f "build-$1.log"
}
