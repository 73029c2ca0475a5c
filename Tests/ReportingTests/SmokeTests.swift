import Testing

@Test func smokeReporting() { #expect(Bool(true)) }
