"""Pure rules of payment: clock, interest, advance, invoice life cycle, purchasing card."""
