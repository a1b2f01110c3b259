interface Refused {
  readonly code: number;
  readonly data?: { readonly 'dev.sallyport/decision'?: { readonly reason: string; readonly id: string } };
}

/** How a request of a client of the SDK was refused: the code, and what was decided on it. */
export async function refusal(work: Promise<unknown>) {
  const error = await work.then(
    (value) => Promise.reject(new Error(`not refused: ${JSON.stringify(value)}`)),
    (thrown: Refused) => thrown,
  );
  return { code: error.code, ...error.data?.['dev.sallyport/decision'] };
}
