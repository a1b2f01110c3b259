import { setTimeout as sleep } from 'node:timers/promises';
import { inputRequired, MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';
import { form, pixel, text } from './fixture-parts.mjs';

/**
 * The tools that the conformance suite asks a server for, by name. `run(args, context)` gets the SDK's request context,
 * with what the client declared as `capabilities`; `change()` in it says that the list of tools has changed,
 * `update(uri)` that a resource has.
 */

const said = (value) => ({ content: [text(value)] });
// Eight silent samples.
const silence = { type: 'audio', mimeType: 'audio/wav', data: wave(new Uint8Array(8).fill(128)).toString('base64') };

function wave(samples) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const nameForm = form('What is your name?', { name: { type: 'string' } }, ['name']);
const sample = (prompt, maxTokens) =>
  inputRequired.createMessage({ messages: [{ role: 'user', content: text(prompt) }], maxTokens });

/** Asks until all requests are answered, then tells the answers; the SDK puts them before a legacy client itself. */
function asking(inputRequests, tell, requestState) {
  return ({ mcpReq }) => {
    const answers = mcpReq.inputResponses ?? {};
    const missing = Object.keys(inputRequests).some((name) => answers[name] === undefined);
    if (missing) return inputRequired({ inputRequests, ...(requestState !== undefined && { requestState }) });
    return said(tell(answers, mcpReq.requestState()));
  };
}

function elicit(context, message, { properties, required, told }) {
  const tell = ({ answer: { action, content } }) =>
    `${told}: action=${action}, content=${JSON.stringify(content ?? {})}`;
  return asking({ answer: form(message, properties, required) }, tell)(context);
}

const confirmForm = form('Please confirm', { ok: { type: 'boolean' } }, ['ok']);

/** What the suite asks of a server with answers that ask for input. */
const inputTools = {
  elicitation: asking({ user_name: nameForm }, ({ user_name: { content } }) => `Hello, ${content?.name}!`),
  sampling: asking({ capital_question: sample('What is the capital of France?', 100) }, (answers) =>
    JSON.stringify(answers.capital_question.content),
  ),
  list_roots: asking({ client_roots: inputRequired.listRoots() }, (answers) => JSON.stringify(answers.client_roots)),
  request_state: asking(
    { confirm: confirmForm },
    (_, state) => (state === 'the-state' ? 'state-ok' : 'lost'),
    'the-state',
  ),
  multiple_inputs: asking(
    { user_name: nameForm, greeting: sample('Generate a greeting', 50), client_roots: inputRequired.listRoots() },
    (answers) => JSON.stringify(answers),
    'three',
  ),
  tampered_state: asking({ confirm: confirmForm }, () => 'confirmed', 'whole'),
  multi_round({ mcpReq }) {
    const state = mcpReq.requestState();
    const round = (step, message, field) =>
      inputRequired({
        inputRequests: { [step]: form(message, { [field]: { type: 'string' } }, [field]) },
        requestState: step,
      });
    if (state === undefined) return round('step1', 'Step 1: What is your name?', 'name');
    if (state === 'step1') return round('step2', 'Step 2: What is your favorite color?', 'color');
    return said('Both steps are done.');
  },
  capabilities(context) {
    const { sampling, elicitation } = context.capabilities;
    const requests = {
      ...(sampling !== undefined && { sample: sample('Say hello.', 10) }),
      ...(elicitation !== undefined && { name: nameForm }),
    };
    return asking(requests, () => 'asked')(context);
  },
};

async function progress(context, done) {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return;
  await context.mcpReq.notify({
    method: 'notifications/progress',
    params: { progressToken, progress: done, total: 100 },
  });
}

const defaults = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

const titled = (word) =>
  [1, 2, 3].map((n) => ({ const: `value${n}`, title: `${['First', 'Second', 'Third'][n - 1]} ${word}` }));
const plain = ['option1', 'option2', 'option3'];
const enums = {
  untitledSingle: { type: 'string', enum: plain },
  titledSingle: { type: 'string', oneOf: titled('Option') },
  legacyEnum: {
    type: 'string',
    enum: ['opt1', 'opt2', 'opt3'],
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: plain } },
  titledMulti: { type: 'array', items: { anyOf: titled('Choice') } },
};

const dialect2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

/** An input schema of strings, all required. */
const strings = (...names) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  required: names,
});

export const fixtureTools = {
  test_simple_text: { run: () => said('This is a simple text response for testing.') },
  test_image_content: { run: () => ({ content: [pixel] }) },
  test_audio_content: { run: () => ({ content: [silence] }) },
  test_embedded_resource: {
    run: () => ({
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        },
      ],
    }),
  },
  test_multiple_content_types: {
    run: () => ({
      content: [
        text('Multiple content types test:'),
        pixel,
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: '{"test":"data","value":123}',
          },
        },
      ],
    }),
  },
  test_tool_with_logging: {
    async run(_, { mcpReq }) {
      await mcpReq.log('info', 'Tool execution started');
      await sleep(50);
      await mcpReq.log('info', 'Tool processing data');
      await sleep(50);
      await mcpReq.log('info', 'Tool execution completed');
      return said('Logged three messages.');
    },
  },
  test_error_handling: {
    run: () => ({ isError: true, content: [text('This tool intentionally returns an error for testing')] }),
  },
  test_tool_with_progress: {
    async run(_, context) {
      await progress(context, 0);
      await sleep(50);
      await progress(context, 50);
      await sleep(50);
      await progress(context, 100);
      return said('Progress was reported.');
    },
  },
  test_reconnection: {
    async run() {
      await sleep(1_500);
      return said('This took long.');
    },
  },
  test_sampling: {
    inputSchema: strings('prompt'),
    run: ({ prompt }, context) =>
      asking({ answer: sample(prompt, 100) }, ({ answer: { content } }) => `LLM response: ${content.text}`)(context),
  },
  test_elicitation: {
    inputSchema: strings('message'),
    run({ message }, context) {
      const properties = {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      };
      return elicit(context, message, { properties, required: ['username', 'email'], told: 'User response' });
    },
  },
  test_elicitation_sep1034_defaults: {
    run: (_, context) =>
      elicit(context, 'Please check these values.', { properties: defaults, told: 'Elicitation completed' }),
  },
  test_elicitation_sep1330_enums: {
    run: (_, context) => elicit(context, 'Please choose.', { properties: enums, told: 'Elicitation completed' }),
  },
  json_schema_2020_12_tool: {
    description: 'Tool with JSON Schema 2020-12 features',
    inputSchema: dialect2020,
    run: (args) => said(JSON.stringify(args)),
  },
  test_x_mcp_header: {
    inputSchema: {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        priority: { type: 'integer', 'x-mcp-header': 'Priority' },
        query: { type: 'string' },
      },
      required: ['region'],
    },
    run: ({ region }) => said(`region ${region}`),
  },
  test_missing_capability: {
    run(_, { mcpReq }) {
      const declared = mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'];
      if (declared?.sampling !== undefined) return said('The client can sample.');
      throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
    },
  },
  test_streaming_elicitation: {
    async run(_, context) {
      await progress(context, 0);
      await sleep(20);
      return said('Streamed, without a request of the server.');
    },
  },
  test_logging_tool: {
    async run(_, { mcpReq }) {
      await mcpReq.log('info', 'Only for who asked for it.');
      return said('Logged, if asked for.');
    },
  },
  ...Object.fromEntries(
    Object.entries(inputTools).map(([name, ask]) => [
      `test_input_required_result_${name}`,
      { run: (_, context) => ask(context) },
    ]),
  ),
  test_update_resource: {
    run(_, context) {
      context.update('test://static-text');
      return said('The text has changed.');
    },
  },
  test_trigger_tool_change: {
    run(_, context) {
      context.change();
      return said('The list of tools has changed.');
    },
  },
};
