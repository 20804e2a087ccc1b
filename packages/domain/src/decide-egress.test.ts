import { expect, test } from 'vitest';
import { type Authority, parseAuthority } from './authority.ts';
import {
  addressAllowed,
  decideEgress,
  type EgressGrant,
  type EgressRule,
  parseRule,
  ruleText,
} from './decide-egress.ts';

const rules = (...patterns: string[]): EgressRule[] => patterns.map((pattern) => rule(pattern, 'user'));

function rule(pattern: string, origin: EgressGrant['origin']): EgressRule {
  const parsed = parseRule({ pattern, origin });
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

function target(text: string): Authority {
  const parsed = parseAuthority(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

test.each([
  ['example.com', 'example.com:443'],
  ['Example.com:8080', 'example.com:8080'],
  ['*.example.com', '*.example.com:443'],
  ['[::1]:1', '[::1]:1'],
])('parseRule(%j) is %j', (pattern, text) => {
  expect(ruleText(rule(pattern, 'user'))).toBe(text);
});

test.each([
  '',
  '*',
  '*.',
  'https://example.com',
  'example.com/path',
  '*.*.com',
  'a*.com',
  '*.10.0.0.1',
  'example.com:*',
])('parseRule(%j) is refused', (pattern) => {
  expect(parseRule({ pattern, origin: 'user' }).ok).toBe(false);
});

test.each([
  ['example.com:443', 'example.com', 'allowed'],
  ['example.com:80', 'example.com', 'denied'],
  ['www.example.com:443', 'example.com', 'denied'],
  ['evilexample.com:443', '*.example.com', 'denied'],
  ['example.com.evil.com:443', '*.example.com', 'denied'],
  ['example.com:443', '*.example.com', 'denied'],
  ['a.b.example.com:443', '*.example.com', 'allowed'],
  ['10.0.0.1:443', '10.0.0.1', 'allowed'],
  ['[::ffff:10.0.0.1]:443', '10.0.0.1', 'allowed'],
])('decideEgress() of %s under %s is %s', (asked, pattern, decision) => {
  expect(decideEgress(rules(pattern), target(asked)).decision).toBe(decision);
});

test('decideEgress() denies everything under no rules', () => {
  expect(decideEgress([], target('example.com:443'))).toEqual({ decision: 'denied', why: 'nothing is allowed' });
});

const never = [
  '0.0.0.0',
  '169.254.169.254',
  '169.254.1.1',
  '100.100.100.200',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '192.0.0.192',
  '::',
  'fe80::1',
  'ff02::1',
  'fd00:ec2::254',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2001::1',
  '::127.0.0.1',
  '::ffff:169.254.169.254',
  'not an address',
];
const inside = [
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '198.18.0.1',
  'fc00::1',
  'fd12::1',
  '::ffff:10.0.0.1',
];
const loopback = ['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1'];
const open = [
  '1.1.1.1',
  '8.8.8.8',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
];

test('addressAllowed() keeps a name of anybody off all but public addresses', () => {
  const asked = target('example.com:443');
  for (const given of [[rule('example.com', 'repository')], rules('*.example.com'), []]) {
    for (const ip of [...never, ...inside, ...loopback])
      expect([ip, addressAllowed(ip, asked, given).allowed]).toEqual([ip, false]);
    for (const ip of open) expect([ip, addressAllowed(ip, asked, given).allowed]).toEqual([ip, true]);
  }
});

test('addressAllowed() lets a host that the user names be on a private address, not on loopback or worse', () => {
  const asked = target('npm.corp.example:443');
  const given = rules('npm.corp.example');
  for (const ip of inside) expect([ip, addressAllowed(ip, asked, given).allowed]).toEqual([ip, true]);
  for (const ip of [...never, ...loopback]) expect([ip, addressAllowed(ip, asked, given).allowed]).toEqual([ip, false]);
});

test('addressAllowed() lets loopback be reached only where the user names it', () => {
  const named = target('127.0.0.1:4873');
  expect(addressAllowed('127.0.0.1', named, rules('127.0.0.1:4873')).allowed).toBe(true);
  expect(addressAllowed('127.0.0.1', named, rules('127.0.0.1:4874')).allowed).toBe(false);
  expect(addressAllowed('127.0.0.1', named, [rule('127.0.0.1:4873', 'repository')]).allowed).toBe(false);
  expect(addressAllowed('127.0.0.2', named, rules('127.0.0.1:4873')).allowed).toBe(false);
  expect(addressAllowed('::1', target('localhost:4873'), rules('localhost:4873')).allowed).toBe(true);
  expect(addressAllowed('169.254.169.254', target('169.254.169.254:80'), rules('169.254.169.254:80')).allowed).toBe(
    false,
  );
});
