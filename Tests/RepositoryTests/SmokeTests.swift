import Testing

@Test func smokeRepository() { #expect(Bool(true)) }
