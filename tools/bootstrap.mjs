// Runs with any Node >= 20 and nothing installed: brings what is missing, then hands over to the Node that cspace brings.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const STAMP = join(ROOT, 'node_modules', '.cspace-installed');
const COMMANDS = {
  quickstart: () => [join(ROOT, 'bin', 'cspace'), 'quickstart'],
  test: () => [NODE, join(ROOT, 'tools', 'test.ts')],
  bench: () => [NODE, join(ROOT, 'bench', 'main.ts')],
};

/** Says one sentence and ends with the exit code for "the machine lacks something". */
function lacking(sentence) {
  console.error(sentence);
  process.exit(7);
}

function run([program, ...args], options = {}) {
  const { status, signal, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (error !== undefined) lacking(`Cannot start ${program}: ${error.message}`);
  return signal === null ? (status ?? 1) : 1;
}

function has(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Whether what is installed is what the lock file says; remembered by the lock file's hash. */
function isInstalled(lockText) {
  const hash = createHash('sha256').update(lockText).digest('hex');
  if (!existsSync(NODE)) return false;
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return true;
  const hidden = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  const same = Object.entries(JSON.parse(lockText).packages).every(
    ([path, wanted]) =>
      !path.startsWith('node_modules/') || wanted.optional || installed[path]?.version === wanted.version,
  );
  if (same) remember(hash);
  return same;
}

/** Spares the next run the comparison; where it cannot be written (another user's checkout), the next run compares. */
function remember(hash) {
  try {
    writeFileSync(STAMP, hash);
  } catch {}
}

function install() {
  const lockText = readFileSync(join(ROOT, 'package-lock.json'), 'utf8');
  if (isInstalled(lockText)) return;
  console.error('Installing dependencies (npm ci)…');
  // npm must not fill our standard output: `quickstart` and `bench` are read by programs too.
  const status = run(['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('Cannot install dependencies: npm ci failed, see above');
    process.exit(status);
  }
  remember(createHash('sha256').update(lockText).digest('hex'));
}

function newestMs(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((newest, entry) => {
      const path = join(directory, entry.name);
      return Math.max(newest, entry.isDirectory() ? newestMs(path) : entry.isFile() ? statSync(path).mtimeMs : 0);
    }, 0);
}

function build() {
  const built = join(ROOT, 'dist', '.built');
  const inputs = Math.max(newestMs(join(ROOT, 'packages')), statSync(join(ROOT, 'tools', 'build.ts')).mtimeMs);
  if (existsSync(built) && statSync(built).mtimeMs >= inputs) return;
  const status = run([NODE, join(ROOT, 'tools', 'build.ts')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status);
}

/** What the machine must have beside Node and git: the program, its package, and what cannot be done without it. */
const NEEDED = {
  quickstart: [['bwrap', 'bubblewrap', 'make sandboxes']],
  bench: [['bwrap', 'bubblewrap', 'make sandboxes']],
  test: [
    ['bwrap', 'bubblewrap', 'make sandboxes'],
    ['openssl', 'openssl', 'run the tests'],
  ],
};

/** As root what is missing is fetched, otherwise the user is told how to. */
function installPrograms(needed) {
  for (const [program, debian, purpose] of process.platform === 'linux' ? needed : []) {
    if (has(program)) continue;
    if (process.getuid?.() !== 0 || !has('apt-get')) {
      lacking(
        `Cannot ${purpose}: ${debian} is missing; install it with \`sudo apt-get install ${debian}\` (or \`dnf\`, \`pacman\`, \`apk\`)`,
      );
    }
    console.error(`Installing ${debian} (apt-get)…`);
    const options = { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    for (let tries = 0; tries < 3 && !has(program); tries += 1) {
      run(['apt-get', 'update', '-qq'], options);
      run(['apt-get', 'install', '-y', '-qq', '--no-upgrade', '--no-install-recommends', debian], options);
    }
    if (!has(program)) lacking(`Cannot ${purpose}: ${debian} is missing, and \`apt-get install ${debian}\` failed`);
  }
}

const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, name)) {
  console.error(`Cannot run ${JSON.stringify(name)}: it is none of ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 20)
  lacking('Cannot run cspace: it needs Node 20 or newer to begin with');
if (!has('git')) lacking('Cannot run cspace: git is missing; install it first');
install();
build();
installPrograms(NEEDED[name]);
const bin = join(ROOT, 'node_modules', '.bin');
process.exit(
  run([...COMMANDS[name](), ...args], { env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` } }),
);
