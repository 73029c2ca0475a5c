import Testing

@Test func smokeSpunge() { #expect(Bool(true)) }
