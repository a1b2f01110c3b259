import { sampleCall, sampleEnvelope } from '@sallyport/testing';
import { envelopeText, readEnvelope } from './envelope-text.ts';

const withheld = { digest: `hmac-sha256:${'A'.repeat(43)}`, bytes: 1_000_000 };

describe('the text of an envelope', () => {
  it('is none where what is withheld is not told', () => {
    const text = envelopeText(sampleEnvelope({ withheld }));
    for (const wrong of [{ digest: 1, bytes: 1 }, { digest: 'x' }, null, 'x', []])
      expect(readEnvelope(text.replace(JSON.stringify(withheld), JSON.stringify(wrong)))).toBeNull();
  });

  it('says that arguments were withheld, and holds none of them then', () => {
    const envelope = sampleEnvelope({ call: sampleCall({ arguments: {} }), withheld });
    expect({ ...readEnvelope(envelopeText(envelope)), verdicts: [] }).toEqual(envelope);
    expect(readEnvelope(envelopeText(sampleEnvelope()))).not.toHaveProperty('withheld');
  });
});
