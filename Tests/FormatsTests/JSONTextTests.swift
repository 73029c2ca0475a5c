import Formats
import Foundation
import Testing

struct JSONTextTests {
  @Test(arguments: MarkupTests.hostile)
  func printedJSONIsTheSameJSON(text: String) throws {
    let json = String(decoding: try JSONEncoder().encode([text]), as: UTF8.self)
    let printed = json.printableJSON(inWorkflow: true)
    #expect(try JSONDecoder().decode([String].self, from: Data(printed.utf8)) == [text])
    #expect(
      !printed.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(!printed.contains("##[") && !printed.contains("\u{202E}"))
  }

  @Test func plainJSONStays() {
    let json = #"{"a": "é日", "b": [1, "::x"]}"#
    #expect(json.printableJSON(inWorkflow: true) == json)
  }
}
