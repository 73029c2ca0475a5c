import ArgumentParser
import Evaluation
import Foundation
import LanguageModels
import Reporting
import Spunge
import Tensors

/// What the process says at its end.
enum ExitStatus: Int32 {
  case success = 0
  /// A score fell outside its baseline's tolerance.
  case regressionFound = 1
  /// A file, folder or flag cannot be used; running again does not help.
  case badInput = 2
  /// The run itself failed, for example because the disk is full or a loss is not a number.
  case runFailed = 3

  init(_ error: any Error) {
    switch error {
    case let step as StepError: self = ExitStatus(step.cause)
    case ScoreError.notFinite, ToxicityError.notFinite, RobertaError.notFinite,
      TrainingError.nonFinite, TrainingStateError.nonFinite, GenerationError.notFinite:
      self = .runFailed
    case is ExperimentError, is SettingsError, is CatalogError, is TaskError, is TemplateError,
      is SplitError, is ModelError, is TokenizerError, is ScoreError, is SafetensorsError,
      is GGUFError, is PyTorchArchiveError, is JSONError,
      is ModelOverlayError, is LowRankError, is CheckpointError,
      is ReportFormatError, is InputError,
      is HarnessSampleError, is StoredAnswersError, is ToxicityError, is ReportPageError,
      is PictureError, is BaselineError, is PaperError, is PaperScaleError,
      is CollectError, is AdapterError, is TrainingPlanError, is TrainingStateError,
      is TrainingError, is RobertaError,
      is LockError, is DamagedStepError, JournalError.damaged:
      self = .badInput
    case FileError.system(_, _, let code):
      self = [ENOENT, EACCES, EISDIR, ENOTDIR].contains(code) ? .badInput : .runFailed
    case FileError.notARegularFile, FileError.exists: self = .badInput
    case UnlearningError.nonFinite, MergeError.notFinite: self = .runFailed
    case is UnlearningError, is MergeError: self = .badInput
    default: self = .runFailed
    }
  }
}

extension ParsableCommand {
  /// Parses the command line, runs the command and ends the process with an `ExitStatus`.
  static func runAndExit() -> Never {
    do {
      var command = try parseAsRoot(
        HarnessSpelling.translated(Array(CommandLine.arguments.dropFirst())))
      try command.run()
      // What was printed may still be on its way, and its device full.
      guard fflush(nil) == 0 else {
        throw FileError.system(path: "standard output", action: "write", code: errno)
      }
      Foundation.exit(ExitStatus.success.rawValue)
    } catch {
      let code = exitCode(for: error)
      // Help, a version, or a status that the command chose itself.
      if code == .success || error is ExitCode { exit(withError: error) }
      let message = fullMessage(for: error)
      FileHandle.standardError.write(Data("\(message)\n".utf8))
      Foundation.exit((code == .validationFailure ? .badInput : ExitStatus(error)).rawValue)
    }
  }
}
