import ArgumentParser
import Formats
import Foundation
import Spunge
import Tensors

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reports this machine's capabilities, what is missing and how to get it.")

  @Flag(help: "Print JSON.") var json = false
  @Option(help: "Work folder, whose free disk space is reported.") var work = ".spunge"

  func run() throws {
    let report = DoctorReport(
      work: work, environment: ProcessInfo.processInfo.environment, libraries: LoadedLibrary.all(),
      machine: .current())
    if json {
      try Output.print(json: JSON.text(report))
    } else {
      try Output.print(report.text, terminator: "")
    }
    if report.libraries.contains(where: { $0.file == nil }) {
      throw ExitCode(ExitStatus.runFailed.rawValue)
    }
  }
}
