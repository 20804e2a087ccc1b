import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/**
 * What of the host's /etc is shown: what programs need to run, by name. Nothing else is, so that what somebody keeps there
 * (keys, tokens, accounts, mounts) needs no list of its own.
 */
const SHOWN = new Set(
  [
    'alternatives bash.bashrc bash_completion.d bashrc binfmt.d ca-certificates ca-certificates.conf crypto-policies',
    'debian_version dconf emacs fonts gai.conf ghostscript groff gss gtk-2.0 gtk-3.0 host.conf inputrc issue ImageMagick-6',
    'ImageMagick-7 ld.so.cache ld.so.conf ld.so.conf.d libaudit.conf locale.alias locale.conf locale.gen localtime',
    'login.defs lsb-release magic magic.mime manpath.config mime.types netconfig networks os-release OpenCL papersize perl',
    'pki postgresql-common profile protocols redhat-release rpc services sgml shells skel ssl terminfo timezone ucf.conf',
    'vim vimrc vulkan X11 xattr.conf xdg xml',
  ].flatMap((line) => line.split(' ')),
);
const SHOWN_FAMILIES = /^(java|python|maven|gprofng|php|lua|ruby|R)[\w.-]*$/;

/** Package clients' own configuration: shown without what authenticates them, so that a company's mirror is used inside too. */
const CLIENTS = ['npmrc', 'pip.conf', 'wgetrc'];

/** Whose times tell that something shown has changed: packages are installed by renaming into these. */
export const WATCHED_IN_ETC = ['', 'ld.so.cache', 'profile', ...CLIENTS];

/** Many small entries that are public by their nature: shown by a bind, which costs less than to copy them and is never stale. */
const BOUND = ['/etc/alternatives', '/etc/ssl/certs', '/etc/fonts'];

/** Those of them that this host has. */
export function boundInEtc(): readonly string[] {
  return BOUND.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
}

/** Below what is shown, what is called like a credential is not, whoever may read it. */
const CREDENTIAL = /^private$|shadow|passw|secret|credential|token|\.key$|^settings.*\.xml$|-$/i;

/** Writes a directory to stand for /etc in a sandbox. At once: hundreds of small entries by promises take many times as long. */
export function makeEtc(target: string): void {
  mkdirSync(target, { mode: 0o755 });
  for (const name of readdirSync('/etc')) {
    if (SHOWN.has(name) || SHOWN_FAMILIES.test(name)) copyShown(join('/etc', name), join(target, name));
  }
  for (const name of CLIENTS) {
    if (existsSync(join('/etc', name))) {
      writeFileSync(join(target, name), withoutCredentials(readFileSync(join('/etc', name), 'utf8')));
    }
  }
  // Debian's launcher of Chromium reads all that is here and must find something; the host's own may hold keys.
  mkdirSync(join(target, 'chromium.d'), { mode: 0o755 });
  for (const [name, text] of Object.entries(OWN)) writeFileSync(join(target, name), text, { mode: 0o644 });
  symlinkSync('/proc/self/mounts', join(target, 'mtab'));
}

/** Only what every user of the host may read, and no devices or sockets. Links are copied as they are. */
function copyShown(source: string, target: string): void {
  if (CREDENTIAL.test(basename(source))) return;
  const entry = lstatSync(source);
  if (entry.isSymbolicLink()) {
    symlinkSync(readlinkSync(source), target);
  } else if (entry.isFile() && (entry.mode & 0o004) !== 0) {
    copyFileSync(source, target);
  } else if (entry.isDirectory() && (entry.mode & 0o005) === 0o005) {
    mkdirSync(target);
    chmodSync(target, 0o755);
    if (BOUND.includes(source)) return;
    for (const name of readdirSync(source)) copyShown(join(source, name), join(target, name));
  }
}

/** Drops the lines that hold a secret, and the user part of addresses. */
export function withoutCredentials(text: string): string {
  return text
    .split('\n')
    .filter(
      (line) => !/_auth|passw|token|secret|^\s*user(name)?\s*=|certfile|keyfile|client[-_]?(cert|key)/i.test(line),
    )
    .join('\n')
    .replace(/(:\/\/)[^/\s@]*@/g, '$1');
}

const OWN: Readonly<Record<string, string>> = {
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    'agent:x:1000:1000:agent:/home/agent:/bin/bash',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  // No group of terminals: nothing can be given to a group that is not mapped, and sshd gives up when it cannot.
  group: ['root:x:0:', 'agent:x:1000:', 'nogroup:x:65534:', ''].join('\n'),
  'chromium.d/README': 'Nothing of the host is shown here.\n',
  // There is no name server to ask: one attempt at once, and the answer is no.
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
  'nsswitch.conf': [
    'passwd: files',
    'group: files',
    'hosts: files dns',
    'services: files',
    'protocols: files',
    '',
  ].join('\n'),
};
