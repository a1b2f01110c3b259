import type { RelayMarks } from '@sallyport/contracts';
import type { Queries } from './queries.ts';

/** How far each tenant's feed has come; a mark that is behind the stored one changes nothing. */
export function postgresRelayMarks(queries: Queries): RelayMarks {
  return {
    async read() {
      const rows = await queries.rows('marks', 'SELECT tenant, sequence FROM sallyport.relay_marks', []);
      return new Map(rows.map(([tenant, sequence]) => [String(tenant), Number(sequence)]));
    },
    async advance(tenant, sequence) {
      const text = `INSERT INTO sallyport.relay_marks AS m VALUES ($1, $2) ON CONFLICT (tenant)
        DO UPDATE SET sequence = excluded.sequence WHERE m.sequence < excluded.sequence`;
      await queries.rows('advance', text, [tenant, sequence]);
    },
  };
}
