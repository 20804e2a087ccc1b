import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../project/git.ts';

const SLUG = `#!/bin/sh
# Turns a title into a slug: "Hello, World!" becomes hello-world
printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9' '-'
`;

const FIXED = `#!/bin/sh
# Turns a title into a slug: "Hello, World!" becomes hello-world
printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//'
`;

const TEST = `#!/bin/sh
# Needs nothing but a shell, so that it runs anywhere.
cd "$(dirname "$0")" || exit 1
failed=0
check() {
  got=$(./slug.sh "$1")
  if [ "$got" = "$2" ]; then
    echo "ok      $1 -> $got"
  else
    echo "FAILED  $1 -> $got, not $2"
    failed=1
  fi
}
check 'Hello' 'hello'
check 'Hello, World!' 'hello-world'
check '  Many   spaces ' 'many-spaces'
exit $failed
`;

const README = `# Slug

A sample repository that \`cspace quickstart\` made. \`./test.sh\` fails until somebody mends \`slug.sh\`.
`;

/** What a real agent is asked to do. */
export const TASK = `The test ./test.sh fails. Find out why, fix slug.sh (not the test), run ./test.sh again until it passes, then commit the fix with a good message and push the branch with git push -u origin HEAD.`;

/** The same work as a script, for the agent that runs its prompt. */
export const SCRIPT = `# Mend slug.sh, test it, commit, push
set -eu
echo 'The test, before:'
./test.sh || true

cat > slug.sh <<'END'
${FIXED}END

echo 'And after:'
./test.sh
git add slug.sh
git commit --quiet -m 'Squeeze and trim the dashes of a slug'
git push --quiet -u origin HEAD
`;

/** Makes the sample repository, with one commit and a test that fails, in an empty directory. */
export async function makeSample(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, text] of [
    ['slug.sh', SLUG],
    ['test.sh', TEST],
    ['README.md', README],
  ] as const) {
    await writeFile(join(directory, name), text);
  }
  await chmod(join(directory, 'slug.sh'), 0o755);
  await chmod(join(directory, 'test.sh'), 0o755);
  await git(directory, 'init', '--quiet', '--initial-branch=main');
  await git(directory, 'add', '.');
  const author = ['-c', 'user.name=cspace quickstart', '-c', 'user.email=quickstart@cspace.invalid'];
  await git(directory, ...author, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '-m', 'Slugs, with a bug');
}
