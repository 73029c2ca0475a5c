import Formats
import Foundation
import Testing

struct DecodingFaultTests {
  @Test(arguments: [
    ("{\"a\": 1e999}", "column 7"), ("{\"a\":\n01}", "line 2"), ("{\"a\": 1", "the text ends"),
  ])
  func saysWhere(text: String, part: String) throws {
    let data = Data(text.utf8)
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([String: Double].self, from: data)
    }
    let reason = DecodingFault.reason(try #require(error), in: data)
    #expect(reason.contains(part), "\(reason)")
  }

  @Test func bytesThatAreNoText() {
    let context = DecodingError.Context(codingPath: [], debugDescription: "corrupted")
    let reason = DecodingFault.reason(
      DecodingError.dataCorrupted(context), in: Data([0x7b, 0x22, 0xff, 0x22, 0x7d]))
    #expect(reason == "not UTF-8: see the byte at offset 2")
  }
}
