/**
 * What runs between the server and bubblewrap: makes the sandbox's filesystem in a mount namespace of its own, gives up
 * every right, starts bubblewrap, and writes down how it ended. It outlives the server. Every value comes as a positional
 * parameter and is only ever used in quotes; the text has nothing put into it.
 *
 * $1 directory of the sandbox · $2 lowerdir option · $3 extra overlay options · $4 outer uid, empty to keep it · $5 where the
 * root is shown · $6 how many cgroup files follow, then they, then triples of mounts (source, target below root, mode) up to `--`,
 * then bubblewrap's command line.
 */
export const LAUNCH = `
set -eu
cd "$1"; lower=$2; extra=$3; uid=$4; shown=$5; groups=$6; shift 6
read -r stat < "/proc/$$/stat"
read -r boot < /proc/sys/kernel/random/boot_id
printf '%s\\n%s\\n' "$boot" "$stat" > run.new; mv run.new run
exec 3>status 4<seccomp
while [ "$groups" -gt 0 ]; do echo $$ > "$1"; shift; groups=$((groups - 1)); done
code=125
finish() { printf '%s\\n' "$code" > exit.new; mv exit.new exit; }
trap finish EXIT
mount -t overlay overlay -o "lowerdir=$lower,upperdir=upper,workdir=work$extra" root
while [ "$1" != -- ]; do
  mount --rbind "$1" "root$2"
  if [ "$3" = read-only ]; then mount -o remount,bind,ro,nosuid,nodev "root$2"; fi
  shift 3
done
shift
mount --rbind root "$shown"
ulimit -c 0
set +e
if [ -n "$uid" ]; then
  setpriv --reuid="$uid" --regid="$uid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
else
  "$@"
fi
code=$?
`;
