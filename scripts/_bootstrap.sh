# Shared by scripts/demo and scripts/test (sourced by bash): the virtual environment and what is installed in it.

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${SCRIPT:-scripts}" "$*" >&2; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# Prints a Python 3.11 or newer.
find_python() {
  local candidate
  for candidate in python3 python3.11 python3.12 python3.13 python3.14 python; do
    if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  command -v python3 >/dev/null 2>&1 \
    && die "Python 3.11 or newer is needed, and python3 here is $(python3 -V 2>&1 | cut -d' ' -f2): install a newer one."
  die "Python 3.11 or newer is needed, and there is none: install it (on Debian: apt-get install -y python3 python3-venv)."
}

apt_install() {
  say "Installing with apt-get: $*"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; } >/dev/null \
    || die "apt-get could not install $*: see above."
}

is_root() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; }

# Makes .venv if it is not there, or was left half made.
ensure_venv() {
  local python package
  if [ ! -e .venv/.vuoro-installing ] && new_enough .venv/bin/python && .venv/bin/python -c 'import pip' 2>/dev/null; then
    return
  fi
  python=$(find_python) || exit 1
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$python-venv
    is_root || die "Python's venv module is missing: run \`apt-get install -y $package\` as root, then start again."
    apt_install "$package"
    "$python" -c 'import ensurepip, venv' || die "Python's venv module is still missing after installing $package."
  fi
  say "Making the virtual environment .venv"
  "$python" -m venv --clear .venv || die "the virtual environment .venv could not be made: see above."
}

# Installs a requirements file, if it (or what it refers to) has changed since it was last installed.
ensure_installed() {
  local file=$1 stamp=.venv/.vuoro-$1 wanted
  wanted=$(cat requirements*.txt | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
  say "Installing $file (the first time takes a minute or two)"
  rm -f "$stamp"
  : > .venv/.vuoro-installing # if we are interrupted from here on, the next start begins anew
  PIP_ROOT_USER_ACTION=ignore .venv/bin/python -m pip install -qq --disable-pip-version-check -r "$file" || {
    [ $? -eq 1 ] && rm -f .venv/.vuoro-installing # pip gave up in good order
    die "pip could not install $file: see above (no network?), then start again."
  }
  printf '%s\n' "$wanted" > "$stamp"
  rm -f .venv/.vuoro-installing
}

# One start at a time prepares; the lock is let go before the product runs.
bootstrap() {
  command -v flock >/dev/null 2>&1 || die "the program flock is missing (on Debian: apt-get install -y util-linux)."
  exec 9< scripts/_bootstrap.sh
  flock -n 9 || { say "Waiting for another start to finish installing"; flock 9; }
  ensure_venv
  ensure_installed "$1"
  exec 9<&-
}
