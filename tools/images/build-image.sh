#!/usr/bin/env bash
# Builds one of cspace's images from Debian packages and imports it into the Docker engine (DOCKER_HOST counts). No registry, no account.
#
#   tools/images/build-image.sh base        what a session runs in when its project names no image
#   tools/images/build-image.sh browser     the browser beside a session
#   tools/images/build-image.sh postgres    a database, for the tests and as an example of a service
#
# Needs root (or a user that may map users), mmdebstrap and a docker client. An image of the same recipe is not built again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hooks=()

case "${1-}" in
base)
  packages=bash,build-essential,ca-certificates,curl,file,git,jq,less,locales,make,nano,openssh-client,openssh-server,patch,postgresql-client,procps,python3,python3-venv,rsync,sqlite3,unzip,xz-utils,zip
  command='["/bin/bash"]'
  ;;
browser)
  packages=ca-certificates,chromium,fonts-dejavu-core,fonts-liberation,fonts-noto-color-emoji
  command='["/usr/bin/chromium"]'
  ;;
postgres)
  packages=postgresql
  command='["/usr/local/bin/run-postgres"]'
  hooks+=(--customize-hook="copy-in $here/run-postgres /usr/local/bin")
  ;;
*)
  echo "usage: $0 base|browser|postgres" >&2
  exit 2
  ;;
esac

name="cspace/$1:bookworm"
# A change of how images are built is a new number.
recipe=$(printf '%s' "2 $packages $command" | sha256sum | cut -c1-16)
if [ "$(docker image inspect --format '{{index .Config.Labels "dev.cspace.recipe"}}' "$name" 2>/dev/null)" = "$recipe" ]; then
  echo "$name is there"
  exit 0
fi
for program in mmdebstrap docker; do
  command -v "$program" >/dev/null || {
    echo "Cannot build $name: $program is not installed" >&2
    echo "  → apt-get install ${program/docker/docker.io}" >&2
    exit 7
  }
done

echo "Building $name from Debian packages"
# A database's package would start a server of its own in the image.
mmdebstrap --quiet --variant=essential --include="$packages" \
  --essential-hook='mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
  --customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/* "$1"/etc/ssh/ssh_host_*' \
  "${hooks[@]}" \
  bookworm - |
  docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8' \
    --change "CMD $command" \
    --change "LABEL dev.cspace.recipe=$recipe" \
    - "$name" >/dev/null
echo "$name is built"
