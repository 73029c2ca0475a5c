import Testing

@Test func smokeTensors() { #expect(Bool(true)) }
