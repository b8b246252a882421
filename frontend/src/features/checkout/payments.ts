import type { ComponentType } from 'react';
import { TestPayment } from './TestPayment';

/** What a payment provider's part of the form gets, and gives back. */
export interface PaymentProps {
  /** What the provider gave the buyer. */
  token: string;
  onChange: (token: string) => void;
  /** What is wrong with it, in words. */
  error?: string | undefined;
}

/** A payment provider: how the API calls it, and its part of the form. */
export interface PaymentMethod {
  method: string;
  /** The token before anything is chosen; "": the buyer has to do something first. */
  initial: string;
  Form: ComponentType<PaymentProps>;
}

/** The one that the platform is set up with. Another one is a component of its own, and this line. */
export const provider: PaymentMethod = { method: 'test', initial: 'ok', Form: TestPayment };
