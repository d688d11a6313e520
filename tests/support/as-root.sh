# shellcheck shell=bash
# as_root COMMAND…: by sudo when need be, and said plainly when neither works.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=RPCTLS_LAB,XDG_CACHE_HOME,RPCTLS_STAGE "$@"
    else
        echo "this needs root: run it as root, or install sudo" >&2
        return 1
    fi
}
