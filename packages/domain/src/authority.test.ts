import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authorityText, parseAuthority } from './authority.ts';

test.each([
  ['example.com:443', 'example.com:443'],
  ['EXAMPLE.com:443', 'example.com:443'],
  ['example.com.:443', 'example.com:443'],
  ['xn--bcher-kva.example:80', 'xn--bcher-kva.example:80'],
  ['my_host.local:1', 'my_host.local:1'],
  ['1.example:1', '1.example:1'],
  ['10.0.0.1:65535', '10.0.0.1:65535'],
  ['[::1]:8080', '[::1]:8080'],
  ['[0:0:0:0:0:0:0:1]:8080', '[::1]:8080'],
  ['[2001:DB8::0:1]:443', '[2001:db8::1]:443'],
  ['[::ffff:127.0.0.1]:443', '127.0.0.1:443'],
  ['[::ffff:7f00:1]:443', '127.0.0.1:443'],
])('parseAuthority(%j) is %j', (text, canonical) => {
  const parsed = parseAuthority(text);
  expect(parsed.ok && authorityText(parsed.value)).toBe(canonical);
});

test.each([
  '',
  ':443',
  'example.com',
  'example.com:',
  'example.com:0',
  'example.com:0443',
  'example.com:65536',
  'example.com:99999999999999999999',
  'example.com:+443',
  'example.com:443:443',
  'example.com:443/',
  'example.com:443?x',
  'example.com:443#x',
  'user@example.com:443',
  'example.com@evil.com:443',
  'example.com\\@evil.com:443',
  'example.com\0.evil.com:443',
  'example.com\r\nHost:443',
  'example.com :443',
  ' example.com:443',
  'example.com\t:443',
  'exam%70le.com:443',
  'example。com:443',
  'example．com:443',
  'ｅxample.com:443',
  'bücher.example:443',
  'example..com:443',
  '.example.com:443',
  'example.com..:443',
  '*.example.com:443',
  '-example.com:443',
  'example-.com:443',
  `${'a'.repeat(64)}.com:443`,
  `${'a.'.repeat(130)}com:443`,
  '2130706433:80',
  '0x7f000001:80',
  '0x7f.1:80',
  '0177.0.0.1:80',
  '127.1:80',
  '127.0.1:80',
  '127.0.0.1.:80',
  '127.0.0.256:80',
  '127.0.0.01:80',
  '1.2.3.4.5:80',
  'example.0x7f:80',
  'example.1:80',
  '::1:80',
  '[::1]',
  '[::1',
  '::1]:80',
  '[]:80',
  '[127.0.0.1]:80',
  '[::1%25eth0]:80',
  '[fe80::1%eth0]:80',
  '[::1::]:80',
  '[1:2:3:4:5:6:7:8:9]:80',
  '[1.2.3.4::]:80',
  '[:::]:80',
  '[::00001]:80',
  '[::1]x:80',
  '[::1]:80:80',
])('parseAuthority(%j) is refused', (text) => {
  expect(parseAuthority(text).ok).toBe(false);
});

test('parseAuthority() reads its own canonical form to the same', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webAuthority(),
        fc.domain(),
        fc.ipV6().map((ip) => `[${ip}]`),
        fc.ipV4(),
      ),
      (text) => {
        const parsed = parseAuthority(text, 443);
        if (!parsed.ok) return;
        const again = parseAuthority(authorityText(parsed.value));
        expect(again).toEqual(parsed);
        expect(parsed.value.host).toMatch(/^[a-z0-9._:-]+$/);
      },
    ),
  );
});

test('parseAuthority() agrees with the URL of the platform wherever it accepts', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV6().map((ip) => `[${ip}]`),
        fc.ipV4(),
        fc.domain(),
        fc.webAuthority(),
      ),
      (host) => {
        const parsed = parseAuthority(host, 81);
        if (!parsed.ok || host.includes('@') || /ffff/i.test(host)) return;
        const url = new URL(`http://${authorityText(parsed.value)}`);
        expect(`${url.hostname}:${url.port || '80'}`).toBe(authorityText(parsed.value));
      },
    ),
    { numRuns: 2000 },
  );
});
