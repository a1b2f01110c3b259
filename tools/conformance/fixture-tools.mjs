import { setTimeout as sleep } from 'node:timers/promises';
import { MissingRequiredClientCapabilityError } from '@modelcontextprotocol/server';

/**
 * The tools that the conformance suite asks a server for, by name. `run(args, context)` gets the SDK's request context;
 * `change()` in it says that the list of tools has changed.
 */

const text = (value) => ({ type: 'text', text: value });
const said = (value) => ({ content: [text(value)] });

// One red pixel, and eight silent samples.
const pixel = {
  type: 'image',
  mimeType: 'image/png',
  data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==',
};
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

async function elicit(context, message, properties, required = []) {
  const requestedSchema = { type: 'object', properties, required };
  const { action, content } = await context.mcpReq.elicitInput({ mode: 'form', message, requestedSchema });
  return { action, content: JSON.stringify(content ?? {}) };
}

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
  test_sampling: {
    inputSchema: strings('prompt'),
    async run({ prompt }, { mcpReq }) {
      const messages = [{ role: 'user', content: text(prompt) }];
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 });
      return said(`LLM response: ${content.text ?? JSON.stringify(content)}`);
    },
  },
  test_elicitation: {
    inputSchema: strings('message'),
    async run({ message }, context) {
      const properties = {
        username: { type: 'string', description: "User's response" },
        email: { type: 'string', description: "User's email address" },
      };
      const { action, content } = await elicit(context, message, properties, ['username', 'email']);
      return said(`User response: action=${action}, content=${content}`);
    },
  },
  test_elicitation_sep1034_defaults: {
    async run(_, context) {
      const { action, content } = await elicit(context, 'Please check these values.', defaults);
      return said(`Elicitation completed: action=${action}, content=${content}`);
    },
  },
  test_elicitation_sep1330_enums: {
    async run(_, context) {
      const { action, content } = await elicit(context, 'Please choose.', enums);
      return said(`Elicitation completed: action=${action}, content=${content}`);
    },
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
  test_trigger_tool_change: {
    run(_, context) {
      context.change();
      return said('The list of tools has changed.');
    },
  },
};
