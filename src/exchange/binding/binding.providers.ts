import { WireCredentials } from '../wire-credential/wire-credentials.js';
import { BindingCredentialController } from './binding-credential.controller.js';
import { BindingCredentials } from './binding-credentials.service.js';
import { BindingEndings } from './binding-endings.js';
import { BindingMetrics } from './binding-metrics.js';
import { BindingRunner } from './binding-runner.js';
import { BindingController } from './binding.controller.js';
import { BindingRepository } from './binding.repository.js';
import { BindingService } from './binding.service.js';
import { FeatureCarriers } from './feature-carriers.js';
import { InboundSink } from './inbound-sink.js';
import { NotificationAddresses } from './notification-addresses.js';
import { NotificationCounts } from './notification-counts.js';
import { NotificationController } from './notification.controller.js';
import { NotificationService } from './notification.service.js';
import { TwinWireReader } from './twin-wire-reader.js';

/** What listens to twins. */
export const BINDING_PROVIDERS = [
  BindingCredentials,
  BindingEndings,
  BindingMetrics,
  BindingRepository,
  BindingRunner,
  BindingService,
  FeatureCarriers,
  InboundSink,
  NotificationAddresses,
  NotificationCounts,
  NotificationService,
  TwinWireReader,
  WireCredentials,
];

/** The paths of bindings. */
export const BINDING_CONTROLLERS = [BindingController, BindingCredentialController, NotificationController];
