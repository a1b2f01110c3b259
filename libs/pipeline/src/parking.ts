import type { Answer, Call, ClientContext, Clock, JsonObject, ServerMessage } from '@sallyport/contracts';
import { createPlaces, isObject, type Places } from '@sallyport/base';

/** Calls that may wait for their clients to come back, of one subject and in all. */
const PER_SUBJECT = 16;
const IN_ALL = 1_000;
/** A client that comes back later than this after its call's time hears no more of it. */
export const KEPT_MS = 60_000;

/** What a client is told, and in which round it was: the answer to it is taken in that round alone. */
export interface Told {
  readonly requests: Readonly<Record<string, ServerMessage>>;
  readonly round: number;
}

/** A call whose client is told what an upstream asks as the answer to its request, while the upstream waits. */
export interface ParkedCall {
  /** Of the call that was decided. */
  readonly digest: string;
  /** What the call has in place of its client, which is there at times. */
  readonly around: ClientContext;
  /** Takes a place for the call, if it has none; false where there is none. */
  park(): boolean;
  /** The end of the call, or what its client is to be told first. */
  answer(end: Promise<Answer>): Promise<Answer | Told>;
  /**
   * The client is back.
   *
   * @returns null where it was not told that round, or is back already
   */
  back(round: number, responses: JsonObject, around: ClientContext): Promise<Answer | Told> | null;
}

/** The calls of this process that wait so. */
export interface Parking {
  open(call: Call, around: ClientContext): ParkedCall;
  find(call: Pick<Call, 'tenant' | 'callId'>): ParkedCall | undefined;
  /** How many there are. */
  readonly size: number;
  /** Resolves when the calls that wait now are over. */
  settled(): Promise<void>;
}

/** Keeps them in memory: the connection to the upstream is this process's. */
export function createParking(clock: Pick<Clock, 'now'>): Parking {
  const parked = new Map<string, Parked>();
  const ofSubjects = createPlaces(PER_SUBJECT);
  const all = createPlaces(IN_ALL);
  return {
    open: (call, around) => new Parked(call, around, { parked, ofSubjects, all, clock }),
    find: (call) => parked.get(keyOf(call)),
    get size() {
      return parked.size;
    },
    async settled() {
      await Promise.allSettled([...parked.values()].map(({ end }) => end));
    },
  };
}

function keyOf({ tenant, callId }: Pick<Call, 'tenant' | 'callId'>): string {
  return JSON.stringify([tenant, callId]);
}

interface Lot {
  readonly parked: Map<string, Parked>;
  readonly ofSubjects: Places;
  readonly all: Places;
  readonly clock: Pick<Clock, 'now'>;
}

interface Question {
  readonly message: ServerMessage;
  readonly settle: (answer: JsonObject | null) => void;
}

class Parked implements ParkedCall {
  readonly digest: string;
  readonly around: ClientContext;
  end: Promise<Answer> | null = null;
  readonly #call: Call;
  readonly #lot: Lot;
  readonly #controller = new AbortController();
  readonly #questions = new Map<string, Question>();
  readonly #untold = new Set<string>();
  #client: ClientContext | null = null;
  #round = 0;
  #asked = 0;
  #wake = (): void => undefined;
  #leave: (() => void) | null = null;

  constructor(call: Call, client: ClientContext, lot: Lot) {
    this.#call = call;
    this.digest = call.digest;
    this.#lot = lot;
    this.#attach(client);
    this.around = {
      ...client,
      signal: this.#controller.signal,
      comesBack: true,
      notify: (message) => this.#notify(message),
      ask: (message, over) => this.#ask(message, over),
    };
  }

  park(): boolean {
    if (this.#leave !== null) return true;
    const { parked, ofSubjects, all, clock } = this.#lot;
    const { tenant, subject, deadline } = this.#call;
    const one = ofSubjects.take(JSON.stringify([tenant, subject.issuer, subject.id]));
    const any = one === null ? null : all.take('');
    if (any === null) {
      one?.();
      return false;
    }
    const key = keyOf(this.#call);
    parked.set(key, this);
    const timer = setTimeout(() => this.#leave?.(), Math.max(0, deadline - clock.now()) + KEPT_MS).unref();
    this.#leave = () => {
      clearTimeout(timer);
      parked.delete(key);
      one?.();
      any();
      this.#leave = () => undefined;
    };
    return true;
  }

  async answer(end: Promise<Answer>): Promise<Answer | Told> {
    this.end = end;
    // Nobody may be there to hear how it ends.
    end.catch(() => undefined);
    const asked = new Promise<null>((resolve) => {
      this.#wake = () => resolve(null);
    });
    if (this.#untold.size > 0) this.#wake();
    try {
      const first = await Promise.race([end, asked]);
      if (first === null) return this.#tell();
    } finally {
      this.#client = null;
    }
    this.#leave?.();
    return end;
  }

  back(round: number, responses: JsonObject, around: ClientContext): Promise<Answer | Told> | null {
    if (round !== this.#round || this.#client !== null || this.end === null) return null;
    this.#attach(around);
    for (const [name, { settle }] of this.#questions) {
      const answer = Object.hasOwn(responses, name) ? responses[name] : undefined;
      if (!this.#untold.has(name)) settle(isObject(answer) ? answer : null);
    }
    return this.answer(this.end);
  }

  /** Only what a client that is there says ends the call: one that left comes back. */
  #attach(client: ClientContext): void {
    this.#client = client;
    const gone = (): void => {
      if (this.#client === client) this.#controller.abort();
    };
    if (client.signal.aborted) gone();
    else client.signal.addEventListener('abort', gone, { once: true });
  }

  #ask(message: ServerMessage, over: AbortSignal): Promise<JsonObject> {
    const name = `request-${(this.#asked += 1)}`;
    return new Promise((resolve, reject) => {
      const settle = (answer: JsonObject | null): void => {
        this.#questions.delete(name);
        this.#untold.delete(name);
        over.removeEventListener('abort', none);
        if (answer === null) reject(new Error('The client gave no answer.'));
        else resolve(answer);
      };
      const none = (): void => settle(null);
      over.addEventListener('abort', none, { once: true });
      this.#questions.set(name, { message, settle });
      this.#untold.add(name);
      this.#wake();
    });
  }

  #tell(): Told {
    this.#round += 1;
    const names = [...this.#untold];
    this.#untold.clear();
    const requests = names.flatMap((name) => {
      const question = this.#questions.get(name);
      return question === undefined ? [] : [[name, question.message] as const];
    });
    return { round: this.#round, requests: Object.fromEntries(requests) };
  }

  /** Progress has the token of the request that waits at the time. */
  #notify({ method, params }: ServerMessage): void {
    const token = this.#client?.progressToken ?? null;
    const own = method === 'notifications/progress' && token !== null ? { ...params, progressToken: token } : params;
    this.#client?.notify({ method, params: own });
  }
}
