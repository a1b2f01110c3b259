import { inputRequired, ProtocolError } from '@modelcontextprotocol/server';
import { form, pixel, text } from './fixture-parts.mjs';

/** The prompts and resources that the conformance suite asks a server for. */

const user = (content) => ({ role: 'user', content });
const embedded = (uri) => ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'An embedded text.' } });

const prompts = {
  test_simple_prompt: { get: () => [user(text('A simple prompt.'))] },
  test_prompt_with_arguments: {
    arguments: [
      { name: 'arg1', required: true },
      { name: 'arg2', required: true },
    ],
    get: ({ arg1, arg2 }) => [user(text(`With ${arg1} and ${arg2}.`))],
  },
  test_prompt_with_embedded_resource: {
    arguments: [{ name: 'resourceUri', required: true }],
    get: ({ resourceUri }) => [user(embedded(resourceUri)), user(text('Read it.'))],
  },
  test_prompt_with_image: { get: () => [user(pixel), user(text('See it.'))] },
  test_input_required_result_prompt: {
    get(_args, { mcpReq }) {
      const answer = mcpReq.inputResponses?.context;
      if (answer === undefined)
        return inputRequired({
          inputRequests: { context: form('What context?', { context: { type: 'string' } }, ['context']) },
        });
      return [user(text(`In the context ${JSON.stringify(answer.content ?? {})}.`))];
    },
  },
};

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'A static text.' },
  'test://static-binary': { mimeType: 'image/png', blob: pixel.data },
};
const template = { name: 'template', uriTemplate: 'test://template/{id}/data', mimeType: 'application/json' };

function contentsOf(uri) {
  if (Object.hasOwn(resources, uri)) return { uri, ...resources[uri] };
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  if (id === undefined) throw new ProtocolError(-32602, 'Resource not found', { uri });
  return { uri, mimeType: template.mimeType, text: JSON.stringify({ id }) };
}

/** Has a server of the SDK answer for them. */
export function serveTexts(server) {
  server.setRequestHandler('prompts/list', () => ({
    prompts: Object.entries(prompts).map(([name, prompt]) => ({
      name,
      description: `The conformance suite's ${name.replaceAll('_', ' ')}.`,
      ...(prompt.arguments && { arguments: prompt.arguments }),
    })),
  }));
  server.setRequestHandler('prompts/get', ({ params }, context) => {
    if (!Object.hasOwn(prompts, params.name)) throw new ProtocolError(-32602, `Unknown prompt: ${params.name}`);
    const got = prompts[params.name].get(params.arguments ?? {}, context);
    return Array.isArray(got) ? { messages: got } : got;
  });
  server.setRequestHandler('resources/list', () => ({
    resources: Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: [template] }));
  server.setRequestHandler('resources/subscribe', () => ({}));
  server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.setRequestHandler('resources/read', ({ params }) => ({ contents: [contentsOf(params.uri)] }));
  server.setRequestHandler('completion/complete', ({ params }) => ({
    completion: { values: ['testing', 'other'].filter((value) => value.startsWith(params.argument.value)) },
  }));
}
