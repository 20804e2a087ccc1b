import { SessionId } from '@cspace/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { previewLabel, previewTarget } from './preview-target.ts';

const sessionId = fc.stringMatching(/^[a-z0-9]{20}$/).map((id) => SessionId.parse(`ses_${id}`));
const target = fc.record({ sessionId, port: fc.integer({ min: 1, max: 65535 }) });

test('previewTarget() reads what previewLabel() made, in any case, and fits a DNS label', () => {
  fc.assert(
    fc.property(target, (each) => {
      const label = previewLabel('secret', each);
      expect(label.length).toBeLessThanOrEqual(63);
      expect(previewTarget('secret', `${label}.localhost:8080`, 8080)).toEqual(each);
      expect(previewTarget('secret', `${label.toUpperCase()}.LOCALHOST:8080`, 8080)).toEqual(each);
    }),
  );
});

test('previewTarget() refuses the token of another port, session or secret, and whatever is written otherwise', () => {
  fc.assert(
    fc.property(target, target, (a, b) => {
      const label = previewLabel('secret', a);
      const [port = '', id = '', token = ''] = label.split('-');
      const read = (host: string) => previewTarget('secret', host, 8080);
      if (a.port !== b.port) expect(read(`${b.port}-${id}-${token}.localhost:8080`)).toBe(undefined);
      if (a.sessionId !== b.sessionId)
        expect(read(`${port}-${b.sessionId.slice(4)}-${token}.localhost:8080`)).toBe(undefined);
      expect(previewTarget('other', `${label}.localhost:8080`, 8080)).toBe(undefined);
      for (const host of [
        `0${label}.localhost:8080`,
        `${label}.localhost`,
        `${label}.localhost:8081`,
        `${label}.localhost.:8080`,
        `x.${label}.localhost:8080`,
        `${label}.localhost.example:8080`,
        ` ${label}.localhost:8080`,
        `${label}.localhost:8080\n`,
      ])
        expect(read(host)).toBe(undefined);
    }),
  );
  expect(previewTarget('secret', 'localhost:8080', 8080)).toBe(undefined);
});
