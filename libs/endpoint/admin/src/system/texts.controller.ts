import { Controller, Get, Inject, NotFoundException, Param, UseGuards } from '@nestjs/common';
import { Matches } from 'class-validator';
import { ApiProperty, ApiTags } from '../openapi/describe.ts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import type { Caller } from '../auth/caller.ts';
import { recordSystemAct } from './system-act.ts';

export class TextParams {
  @ApiProperty({ description: 'The digest of the text, as events have it.' })
  @Matches(/^sha256:[A-Za-z0-9_-]{43}$/, { message: 'digest must be sha256: and 43 characters, as events have it' })
  digest!: string;
}

/** What was in force: policy sets (JSON arrays of their texts), configurations, approved definitions. */
@ApiTags('system')
@Controller('admin/v1/texts')
@UseGuards(AdminAuthHook)
export class TextsController {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  @Get(':digest')
  @Act('texts.read', {
    who: 'system',
    says: 'A policy set, configuration or definition that was in force; reading it is recorded',
  })
  async text(
    @CurrentCaller() caller: Caller,
    @Param() { digest }: TextParams,
  ): Promise<{ readonly digest: string; readonly text: string }> {
    await recordSystemAct(this.#ports, caller, { act: 'texts.read', target: digest });
    const text = await this.#ports.texts.find(digest);
    if (text !== null) return { digest, text };
    throw new NotFoundException({
      message:
        'No text with this digest is kept. Kept are policy sets, configurations and approved definitions that were in force.',
    });
  }
}
