import type { JsonObject } from '@sallyport/contracts';
import {
  admin,
  ANN,
  anyTool,
  BEN,
  callTool,
  faultsIn,
  operatorToken,
  recordedOf,
  serveScripted,
  textResult,
} from '@sallyport/testing/harness';

const policies = (question: string) => `@id("all") permit (principal, action, resource);
@id("ask") @confirm("other") @ask("${question}") forbid (principal, action == Action::"up/pay", resource);
@id("tell") @confirm("other") @ask("Tell {note}?") forbid (principal, action == Action::"up/tell", resource);
@id("sure") @confirm("self") @ask("Sure of {note}?") forbid (principal, action == Action::"up/sure", resource);\n`;
const QUESTION = 'Pay {Invoice.total} EUR of {Invoice.owner} for invoice {invoice}?';

/** An invoice that the upstream changes as it likes; its resolver reads no version. */
const invoice: { owner: string; total: number | null } = { owner: 'ann', total: 900 };
const resolver = {
  tool: 'get_invoice',
  argument: 'invoice',
  owner: '/structuredContent/owner',
  attributes: { total: '/structuredContent/total' },
};

const open = (name: string) => anyTool(name, { inputSchema: { type: 'object', additionalProperties: true } });

describe('what a person approves is what runs', () => {
  const served = serveScripted({
    tools: ['pay', 'get_invoice', 'tell', 'sure'].map(open),
    behaviour: ({ tool }) =>
      tool === 'pay' ? textResult('paid') : { ...textResult('here'), structuredContent: { ...invoice } },
    policies: { 'all.cedar': policies(QUESTION) },
    config: (url) => ({
      limits: [],
      // A thousand calls at once, and more after them, come sooner than the default lets through on a fast machine.
      floods: { attempts: { rate: '1000/s', burst: 3_000 } },
      upstreams: {
        up: {
          url,
          definitions: 'trust_on_first_use',
          tools: {
            pay: { effect: 'write', resources: [{ argument: '/invoice', type: 'Invoice', resolver }] },
            get_invoice: { effect: 'read' },
          },
        },
      },
    }),
  });

  const pay = (args: JsonObject) => callTool(served.sallyport, ANN.token, ['up__pay', args]);
  const asked = async (args: JsonObject) => {
    const { meta } = await pay(args);
    expect(meta).toMatchObject({ decision: 'hold', reason: 'approval_required' });
    const approval = meta?.approval ?? '';
    const { body } = await admin(served.sallyport, BEN.token, ['GET', `/approvals/${approval}`]);
    return { approval, ask: String(body['ask']) };
  };
  const yes = async (approval: string) => {
    const { status } = await admin(served.sallyport, BEN.token, ['POST', `/approvals/${approval}/votes`], {
      answer: 'approve',
    });
    expect(status).toBe(200);
  };
  const tell = (note: string) => callTool(served.sallyport, ANN.token, ['up__tell', { note }]);
  const told = () => served.upstream.calls.filter(({ tool }) => tool === 'tell').length;
  const paid = () => served.upstream.calls.filter(({ tool }) => tool === 'pay').length;

  it('shows what was resolved, whatever the caller calls an argument', async () => {
    const { ask } = await asked({ invoice: 'i-1', 'Invoice.total': '0.01', 'Invoice.owner': 'nobody' });
    expect(ask).toContain('Pay 900 EUR of');
    expect(ask).not.toMatch(/0\.01|nobody/);
  });

  it.each<[string, () => void]>([
    ['an attribute', () => (invoice.total = 9_000_000)],
    ['the owner', () => (invoice.owner = 'zoe')],
  ])('asks again where %s changed after the yes, though there is no version', async (_, change) => {
    const call = { invoice: `i-${paid()}-${invoice.total}` };
    const { approval } = await asked(call);
    await yes(approval);
    change();
    const before = paid();
    const again = await asked(call);
    expect([again.approval === approval, paid()]).toEqual([false, before]);
    await yes(again.approval);
    expect((await pay(call)).meta?.decision).toBe('allow');
    expect(paid()).toBe(before + 1);
  });

  it('asks nobody about an attribute that is not there, and says which', async () => {
    const { total } = invoice;
    invoice.total = null;
    const { meta, text } = await pay({ invoice: 'i-bare' });
    invoice.total = total;
    expect(meta).toMatchObject({ decision: 'deny', reason: 'policy_error' });
    expect(text).toContain('Invoice.total is not known of every object of this call');
  });

  it('asks again where the policy puts the question in other words, and not where another policy changed', async () => {
    const call = { invoice: 'i-words' };
    const reload = async (text: string) => {
      served.scratch.write('policies/all.cedar', text);
      const { status } = await served.reload();
      expect(status).toBe(200);
    };
    const first = await asked(call);
    await yes(first.approval);
    await reload(policies('Pay?'));
    const second = await asked(call);
    expect(second.approval).not.toBe(first.approval);
    await yes(second.approval);
    await reload(
      `${policies('Pay?')}@id("more") @hard forbid (principal, action, resource) when { context.agent == "x" };\n`,
    );
    expect((await pay(call)).meta?.decision).toBe('allow');
  });

  it('says in the check that a confirmation without a version is a finding', async () => {
    const { code, stdout } = await served.cli('check', '--json');
    expect(code).not.toBe(0);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { about: string; hint: string });
    expect(findings.find(({ about }) => about === 'confirmation ask (Invoice)')?.hint).toContain('Set version:');
  });

  it('quotes values, shows what hides in them, and puts nothing in a form that it can’t show whole', async () => {
    const capabilities = { elicitation: {} };
    const sure = (note: string) => callTool(served.sallyport, ANN.token, ['up__sure', { note }], { capabilities });
    const short = await sure('1" is nothing. Sure of\u3164\u2800\ufe0f "2');
    expect(JSON.stringify(short.result?.['inputRequests'])).toContain(
      String.raw`Sure of \"1\\u0022 is nothing. Sure of\\u3164\\u2800\\ufe0f \\u00222\"?`,
    );
    const note = `${'x'.repeat(5_000)} and delete all`;
    const long = await sure(note);
    expect(long.result?.['resultType']).toBe('complete');
    const approval = long.meta?.approval ?? '';
    expect(long.said).toMatch(/too long to be shown whole in a form\. .*run `sallyport approve/);
    const { body } = await admin(served.sallyport, ANN.token, ['GET', `/approvals/${approval}`]);
    expect(body).toMatchObject({
      ask: expect.stringMatching(/x" \[and 4815 more characters, not shown\]\?$/),
      arguments: { note },
    });
    await admin(served.sallyport, ANN.token, ['POST', `/approvals/${approval}/votes`], { answer: 'approve' });
    expect((await sure(note)).meta?.decision).toBe('allow');
  });

  it('shows the objects whole to those who may vote', async () => {
    const { approval } = await asked({ invoice: 'i-whole' });
    const { body } = await admin(served.sallyport, BEN.token, ['GET', `/approvals/${approval}`]);
    expect(body['objects']).toEqual([
      { type: 'Invoice', id: 'i-whole', version: null, owner: invoice.owner, attributes: { total: invoice.total } },
    ]);
    await admin(served.sallyport, BEN.token, ['POST', `/approvals/${approval}/votes`], { answer: 'reject' });
  });

  it('asks one question for a thousand equal calls at once; its yes lets one run, its no stops them all', async () => {
    const questions = () => recordedOf(served.scratch.data, 'approval.requested').length;
    const burst = (count: number) => Promise.all(Array.from({ length: count }, () => tell('burst')));
    const before = questions();
    const answers = await burst(1_000);
    const approvals = new Set(answers.map(({ meta }) => meta?.approval));
    expect([questions() - before, approvals.size]).toEqual([1, 1]);
    const [approval = ''] = approvals;
    await yes(approval);
    const again = await burst(20);
    expect([again.filter(({ meta }) => meta?.decision === 'allow').length, told()]).toEqual([1, 1]);
    const next = (await tell('burst')).meta?.approval ?? '';
    await admin(served.sallyport, BEN.token, ['POST', `/approvals/${next}/votes`], { answer: 'reject' });
    const count = questions();
    const refused = await burst(20);
    expect(new Set(refused.map(({ meta }) => meta?.reason))).toEqual(new Set(['approval_rejected']));
    expect([questions(), told()]).toEqual([count, 1]);
  });

  it('opens no more questions than may wait, however many different calls come at once', async () => {
    const calls = Array.from({ length: 300 }, (_, n) => tell(`${n}`));
    const reasons = (await Promise.all(calls)).map(({ meta }) => meta?.reason ?? '');
    const path = '/approvals?status=requested&tenant=acme';
    const { body } = await admin(served.sallyport, operatorToken(served.scratch.data), ['GET', path]);
    const open = body['approvals'] as { requester: { subject: string } }[];
    expect(open.filter(({ requester }) => requester.subject === ANN.name)).toHaveLength(10);
    const known = ['approval_required', 'too_many_pending', 'too_many_attempts']; // what is tried in vain has a limit, too
    expect(reasons.filter((reason) => !known.includes(reason))).toEqual([]);
    expect(reasons.filter((reason) => reason === 'approval_required').length).toBeLessThanOrEqual(10);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data, ['i-words'])).toEqual([]));
});
