@echo off
rem The command line of the installed Earmark: earmark COMMAND. It waits for the end and gives its exit code.
"%~dp0..\Earmark.exe" --no-sandbox --log-level=3 --cli -- %*
exit /b %errorlevel%
