# Debian packages that a build or the tests need; to be sourced.
#
# need_packages need_build need_tests checks the named needs and installs what is missing where it may (as root, on Debian);
# else it says what to install.

need_build() {
    # To build SQLite, libpq and its OpenSSL.
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    command -v make >/dev/null || missing+=(make)
    perl -MFindBin -MIPC::Cmd -MFile::Compare -e 1 2>/dev/null || missing+=(perl)
}

need_tests() {
    has_postgresql || missing+=(postgresql)
    command -v strace >/dev/null || missing+=(strace)
    command -v setpriv >/dev/null || missing+=(util-linux)
    has_python_environments || missing+=(python3 python3-venv)
}

has_postgresql() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null ||
        { command -v initdb && command -v postgres; } >/dev/null
}

# The module alone is not enough: without ensurepip it makes environments that have no pip.
has_python_environments() {
    command -v python3 >/dev/null && python3 -c 'import venv, ensurepip' 2>/dev/null
}

need_packages() {
    local missing=() need
    for need in "$@"; do
        "$need"
    done
    if [[ ${#missing[@]} -eq 0 ]]; then
        return 0
    fi
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "These packages are needed, named as on Debian: ${missing[*]}. Install them and run this again." >&2
        return 1
    fi
    echo "installing: ${missing[*]}" >&2
    # The package would start a server of its own otherwise.
    mkdir -p /etc/postgresql-common
    [[ -e /etc/postgresql-common/createcluster.conf ]] ||
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1
    apt-get update -q >&2
    apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}
