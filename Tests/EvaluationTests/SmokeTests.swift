import Testing

@Test func smokeEvaluation() { #expect(Bool(true)) }
