import Testing

@Test func smokeLanguageModels() { #expect(Bool(true)) }
