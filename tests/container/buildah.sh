# Sourced by run and use, whose working directory is the root of the tree.
# shellcheck shell=bash
work=$PWD/.cache/container
# shellcheck disable=SC2034  # run and use name it
container=gatehouse-test

say() { printf 'container: %s\n' "$*"; }
fail() {
  printf 'container: %s\n' "$*" >&2
  exit 1
}

# A store of its own leaves the machine's images alone. run exports STORAGE_DRIVER, which it obeys.
buildah_here() { buildah --root "$work/store-$STORAGE_DRIVER" --runroot "$work/run" "$@"; }
