import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { MqttInbound } from './mqtt-inbound.js';
import { MqttOutbound } from './mqtt-outbound.js';
import { MQTT_CREDENTIALS, MQTT_INBOUND_SCHEMA, MQTT_OUTBOUND_SCHEMA } from './mqtt-settings.js';

/** A client of the city's MQTT broker. */
@Injectable()
export class MqttProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'mqtt',
    summary:
      'A client of an MQTT broker, 3.1.1 or 5: publishes deliveries to a topic, or listens to topics and acknowledges what is durable.',
    outbound: {
      settings: MQTT_OUTBOUND_SCHEMA,
      example: { url: 'mqtts://broker.example.org', topic: 'twins/{receiver}/{subject}', content: 'payload' },
      credentials: MQTT_CREDENTIALS,
    },
    inbound: {
      settings: MQTT_INBOUND_SCHEMA,
      example: { url: 'mqtts://broker.example.org', topics: ['fire/incidents/+'] },
      credentials: MQTT_CREDENTIALS,
    },
  };

  readonly outbound: MqttOutbound;
  readonly inbound: MqttInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new MqttOutbound(guard);
    this.inbound = new MqttInbound(guard);
  }
}
