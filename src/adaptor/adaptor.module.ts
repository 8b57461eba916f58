import { Module } from '@nestjs/common';
import { Adaptor } from './adaptor.js';

/** The communication adaptor: today, the plan of a connection. */
@Module({ providers: [Adaptor], exports: [Adaptor] })
export class AdaptorModule {}
