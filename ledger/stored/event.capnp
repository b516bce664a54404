@0xd0b1a3f2c4e59687;
struct Nothing {}
